"""The JSON API ``/v1``: thin routes over ``web.seen``, the same results as the pages."""

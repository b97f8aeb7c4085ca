"""From a bundle and today's facts to sentences, lists and pages."""

"""Pictures drawn by the server: geometry here, presentation attributes in the templates."""

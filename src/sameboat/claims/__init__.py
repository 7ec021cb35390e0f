"""A member asks for help: evidence, assessment, publicity, objection."""

"""A person under a plan: join, wait, be covered, leave."""

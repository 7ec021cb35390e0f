"""The member's pages: join, cover, shares, claims, publicity. One function per page."""

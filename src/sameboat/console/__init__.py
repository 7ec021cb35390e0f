"""The staff pages: work queue, claim review, objections, period control."""

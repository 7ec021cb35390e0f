"""What the HTML faces share: layout, components, messages in zh and en, formatting, styles."""

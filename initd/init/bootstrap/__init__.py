"""What must exist before the app starts, and the app's first start."""

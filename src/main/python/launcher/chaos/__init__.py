"""`chaos`: whether the application keeps its promises while parts of it fail; see docs/chaos.md."""

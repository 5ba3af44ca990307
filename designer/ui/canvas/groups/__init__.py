"""Groups on the canvas: cards of collapsed ones, frames of open ones, and what people do with them."""

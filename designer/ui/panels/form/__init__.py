"""The parameters of layers as forms, made from the declared fields."""

"""What the offline model knows of the world: YAML tables of categories of APIs, and the values they take."""

require(library included/nothere)

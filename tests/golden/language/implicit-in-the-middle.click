Idle -> {
 -> Null -> -> Null ->
};

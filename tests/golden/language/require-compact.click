require(compact_config);
Idle -> Discard

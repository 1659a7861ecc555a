Idle -> ;

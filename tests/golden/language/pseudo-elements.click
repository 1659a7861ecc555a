elementclass C {
  input [2] -> Idle -> input;
 output [1] -> Idle; }
Idle -> { [1] -> Discard } ;

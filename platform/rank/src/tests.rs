//! The index against the plainest model there is, a sorted `Vec`: random sequences of everything it can do, on both orders, with
//! many ties and with blocks so small that every few changes split, share, join or drop one.

mod model;
mod sequences;
mod single;

fn main() {
    // sqlx::migrate! reads the folder when it is compiled: a new migration must compile it anew.
    println!("cargo::rerun-if-changed=../../migrations");
}

package com.busdk.workers.ssh;

/** The passphrase of a private key. Does not print. */
record Passphrase(String value) {
    @Override
    public String toString() {
        return "Passphrase[hidden]";
    }
}

package com.busdk.workers.ssh;

/**
 * A user at a machine.
 *
 * @param host a host name or address
 * @param port of its sshd
 * @param user whom to log in as
 */
record Endpoint(String host, int port, String user) {
    /** For messages: the host is the requester's own word. */
    String address() {
        return host.indexOf(':') >= 0 ? '[' + host + "]:" + port : host + ':' + port;
    }
}

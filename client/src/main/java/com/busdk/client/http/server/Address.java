package com.busdk.client.http.server;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * Where a service listens.
 *
 * @param host a name or an address, without brackets
 * @param port 0 to 65535; 0 takes a free one
 */
public record Address(String host, int port) {
    private static final int MAX_PORT = 65_535;

    /** Refuses what is no address. */
    public Address {
        if (host.isEmpty() || port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("an address is host:port with a port of 0 to 65535");
        }
    }

    /**
     * Reads an address.
     *
     * @param text {@code host:port}, {@code [v6]:port}, or {@code :port} for all addresses of the machine
     * @return the address
     * @throws IllegalArgumentException if it is none; the message shows how one is written
     */
    public static Address parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("it is host:port, such as 127.0.0.1:8080");
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            throw new IllegalArgumentException("an IPv6 address stands in brackets, such as [::1]:8080");
        }
        try {
            return new Address(host.isEmpty() ? "0.0.0.0" : host, Integer.parseInt(text.substring(colon + 1)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("it is host:port, such as 127.0.0.1:8080", e);
        }
    }

    /**
     * Whether only this machine can reach it. May ask the resolver, so it is for start-up.
     *
     * @return true for a loopback address
     */
    public boolean isLoopback() {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /**
     * How it is reached from this machine.
     *
     * @param scheme {@code http} or {@code https}
     * @param actualPort the port that was taken
     * @return a URL without a trailing slash
     */
    public String url(String scheme, int actualPort) {
        return scheme + "://" + new Address(reachable(), actualPort);
    }

    /**
     * The host by which it is reached from this machine.
     *
     * @return a name or an address, without brackets
     */
    public String reachable() {
        return host.equals("0.0.0.0") ? "127.0.0.1" : host.equals("::") ? "::1" : host;
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}

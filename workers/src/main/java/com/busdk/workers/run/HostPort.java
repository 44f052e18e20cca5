package com.busdk.workers.run;

import com.busdk.client.text.Echo;

/**
 * Where to listen.
 *
 * @param host a name or address, without brackets
 * @param port 0 (any free one) to 65535
 */
public record HostPort(String host, int port) {
    private static final int MAX_PORT = 65_535;

    /** Refuses what is no port. */
    public HostPort {
        if (host.isBlank() || port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("an address is HOST:PORT with a port of 0 to " + MAX_PORT);
        }
    }

    /**
     * Reads an address.
     *
     * @param text such as {@code 127.0.0.1:9090} or {@code [::1]:9090}
     * @return the address
     * @throws IllegalArgumentException if it is none; the message shows one
     */
    public static HostPort parse(String text) {
        String stripped = text.strip();
        int colon = stripped.lastIndexOf(':');
        try {
            if (colon > 0) {
                String host = stripped.substring(0, colon);
                boolean bracketed = host.startsWith("[") && host.endsWith("]");
                return new HostPort(
                        bracketed ? host.substring(1, host.length() - 1) : host,
                        Integer.parseInt(stripped.substring(colon + 1)));
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(wrong(text), e);
        }
        throw new IllegalArgumentException(wrong(text));
    }

    private static String wrong(String text) {
        return Echo.quote(text) + " is not an address: write HOST:PORT such as 127.0.0.1:9090";
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}

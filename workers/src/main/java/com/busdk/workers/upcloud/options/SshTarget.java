package com.busdk.workers.upcloud.options;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a runner is reached, as an operator writes it: {@code user@host[:port]}; an IPv6 address stands in brackets.
 *
 * @param user the user to log in as
 * @param host a name or an address, without brackets
 * @param port 1 to 65535
 */
public record SshTarget(String user, String host, int port) {
    private static final Pattern FORM =
            Pattern.compile("([A-Za-z_][A-Za-z0-9._-]{0,63})@(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+)(?::(\\d{1,5}))?");
    private static final int MAX_PORT = 65_535;

    /** Refuses a port that is none. */
    public SshTarget {
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException("a port is 1 to " + MAX_PORT);
        }
    }

    /**
     * Reads a target.
     *
     * @param text such as {@code root@10.0.0.5:2222}
     * @param defaultPort the port if the text has none
     * @return the target
     * @throws IllegalArgumentException if it is none
     */
    public static SshTarget parse(String text, int defaultPort) {
        Matcher form = FORM.matcher(text.strip());
        if (!form.matches()) {
            throw new IllegalArgumentException("it is user@host or user@host:port, such as root@10.0.0.5:22");
        }
        String host = form.group(2);
        return new SshTarget(
                form.group(1),
                host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
                form.group(3) == null ? defaultPort : Integer.parseInt(form.group(3)));
    }
}

package com.busdk.cli.bench;

import com.busdk.cli.command.CliException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The service under load.
 *
 * @param host name or address
 * @param port TCP port
 * @param path path of the events collection, without a slash at its end
 * @param token sent with each request, null for none
 * @param ports of all processes that serve it, which connections go to in turn; {@code port} is the first
 */
public record Target(
        String host, int port, String path, @Nullable String token, List<Integer> ports) {
    private static final int HTTP_PORT = 80;

    public Target {
        ports = List.copyOf(ports);
    }

    /** A service of one process. */
    public Target(String host, int port, String path, @Nullable String token) {
        this(host, port, path, token, List.of(port));
    }

    /**
     * The service at that collection.
     *
     * @throws CliException usage, when it is not plain HTTP: encryption would be measured along
     */
    public static Target of(URI collection, @Nullable String token) {
        if (!"http".equals(collection.getScheme().toLowerCase(Locale.ROOT))) {
            throw CliException.usage("the load generator speaks plain HTTP: give it an http:// URL");
        }
        int port = collection.getPort();
        return new Target(collection.getHost(), port < 0 ? HTTP_PORT : port, collection.getRawPath(), token);
    }

    /** The same service in several processes on that host. */
    public Target spreadOver(List<Integer> all) {
        return new Target(host, all.getFirst(), path, token, all);
    }

    /** Where the connection of that number goes; resolves the name. */
    InetSocketAddress address(int number) {
        String name = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        return new InetSocketAddress(name, ports.get(number % ports.size()));
    }

    /** Never with the token. */
    @Override
    public String toString() {
        return "http://" + host + ":" + port + path;
    }
}

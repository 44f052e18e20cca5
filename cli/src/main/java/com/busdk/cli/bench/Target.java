package com.busdk.cli.bench;

import com.busdk.cli.command.CliException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The service under load.
 *
 * @param host name or address
 * @param port TCP port
 * @param path path of the events collection, without a slash at its end
 * @param token sent with each request, null for none
 */
public record Target(
        String host, int port, String path, @Nullable String token) {
    private static final int HTTP_PORT = 80;

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

    /** Where to connect to; resolves the name. */
    InetSocketAddress address() {
        String name = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        return new InetSocketAddress(name, port);
    }

    /** Never with the token. */
    @Override
    public String toString() {
        return "http://" + host + ":" + port + path;
    }
}

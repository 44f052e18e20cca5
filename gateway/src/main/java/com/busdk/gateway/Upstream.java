package com.busdk.gateway;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/**
 * A service behind the gateway. Immutable.
 *
 * @param name for messages
 * @param root where it is, scheme, host and port
 */
record Upstream(String name, URI root) {
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;
    private static final int MAX_PORT = 65_535;

    /** The root of a service as an operator wrote it; empty if it is none, or has anything besides host and port. */
    static Optional<URI> root(String text) {
        try {
            URI uri = new URI(text);
            boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            String path = uri.getRawPath();
            boolean bare = uri.getRawUserInfo() == null
                    && (path == null || path.isEmpty() || path.equals("/"))
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null;
            boolean at = uri.getHost() != null && uri.getPort() != 0 && uri.getPort() <= MAX_PORT;
            return http && bare && at ? Optional.of(uri) : Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    /** A request to it; the target is path and query. */
    RequestOptions request(HttpMethod method, String target) {
        boolean ssl = "https".equals(root.getScheme());
        String host = root.getHost();
        return new RequestOptions()
                .setMethod(method)
                .setSsl(ssl)
                .setHost(host.startsWith("[") ? host.substring(1, host.length() - 1) : host)
                .setPort(root.getPort() >= 0 ? root.getPort() : ssl ? HTTPS_PORT : HTTP_PORT)
                .setURI(target);
    }
}

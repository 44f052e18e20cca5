package com.busdk.gateway.http;

import com.busdk.client.http.server.Address;
import java.time.Duration;
import java.util.Optional;

/**
 * What an HTTP service listens on, and its limits.
 *
 * @param address where to listen
 * @param tls certificate and key, if it serves TLS
 * @param maxHeaderBytes largest headers of a request
 * @param maxConnections most connections for each of its servers
 * @param idleTimeout connections on which nothing is asked are closed after
 * @param servers event loops that it uses, at least 1
 */
public record HttpSettings(
        Address address,
        Optional<TlsFiles> tls,
        int maxHeaderBytes,
        int maxConnections,
        Duration idleTimeout,
        int servers) {
    /** Default for the headers of a request: a token of a few kilobytes and what browsers add. */
    public static final int DEFAULT_MAX_HEADER_BYTES = 16 << 10;

    /** Default for connections: as many streams as one identity may have by default, and as many again. */
    public static final int DEFAULT_MAX_CONNECTIONS = 20_000;

    /** Default for idle connections. */
    public static final Duration DEFAULT_IDLE_TIMEOUT = Duration.ofSeconds(60);

    /** Refuses what serves nobody. */
    public HttpSettings {
        if (servers < 1 || maxConnections < 1 || maxHeaderBytes < 1) {
            throw new IllegalArgumentException("servers, connections and headers are above zero");
        }
    }

    /**
     * The defaults at an address, on one event loop.
     *
     * @param address where to listen
     * @return settings
     */
    public static HttpSettings at(Address address) {
        return new HttpSettings(
                address, Optional.empty(), DEFAULT_MAX_HEADER_BYTES, DEFAULT_MAX_CONNECTIONS, DEFAULT_IDLE_TIMEOUT, 1);
    }
}

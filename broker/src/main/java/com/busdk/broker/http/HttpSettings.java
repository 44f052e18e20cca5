package com.busdk.broker.http;

import com.busdk.broker.http.stream.StreamLimits;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the HTTP side needs to know.
 *
 * @param port below zero for a free one, which all servers with that number share
 * @param maxEventBytes an envelope at most
 * @param maxConnections open at once, of those that have sent something; more are closed at once
 * @param maxHeaderBytes all headers of a request together
 * @param idleTimeout a connection on which nothing is asked, or a request that does not come on, is closed after that
 * @param tlsCertificate PEM file, or null for plain HTTP
 * @param tlsKey its key
 */
public record HttpSettings(
        String host,
        int port,
        int maxEventBytes,
        int maxConnections,
        int maxHeaderBytes,
        Duration idleTimeout,
        StreamLimits streams,
        @Nullable Path tlsCertificate,
        @Nullable Path tlsKey) {
    public HttpSettings {
        if (maxEventBytes < 1 || maxConnections < 1 || maxHeaderBytes < 1 || !idleTimeout.isPositive()) {
            throw new IllegalArgumentException("a limit of the HTTP side is below its least value");
        }
        if ((tlsCertificate == null) != (tlsKey == null)) {
            throw new IllegalArgumentException("a certificate and its key go together");
        }
    }
}

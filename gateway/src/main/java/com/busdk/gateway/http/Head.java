package com.busdk.gateway.http;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Optional;

/**
 * What a request says in its headers, and where it comes from. It does not print them, since some are secrets. On the
 * event loop of the connection.
 */
public final class Head {
    private final MultiMap headers;
    private final String peer;

    private Head(MultiMap headers, String peer) {
        this.headers = headers;
        this.peer = peer;
    }

    static Head of(HttpServerRequest request) {
        String peer =
                request.remoteAddress() == null ? null : request.remoteAddress().hostAddress();
        return new Head(request.headers(), peer == null ? "" : peer);
    }

    /**
     * A header.
     *
     * @param name in any case
     * @return its value, the first if it is there twice, or empty
     */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    /**
     * All lines of a header.
     *
     * @param name in any case
     * @return their values, in order
     */
    public List<String> headers(String name) {
        return List.copyOf(headers.getAll(name));
    }

    /**
     * The other end of the connection, which may be a proxy.
     *
     * @return its address as text; empty where there is none
     */
    public String peer() {
        return peer;
    }

    @Override
    public String toString() {
        return "Head[from " + peer + "]";
    }
}

package com.busdk.client.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;

/**
 * A port that is taken and on which nobody listens, so that every connection to it is refused. A server that was closed is
 * no such thing: the kernel may take a connection for it a moment longer, and somebody else may get its port.
 */
public final class SilentPort implements AutoCloseable {
    private final Socket holder = new Socket();

    public SilentPort() {
        try {
            holder.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return holder.getLocalPort();
    }

    /** Where the events service would be. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + port() + "/api/v1/events");
    }

    @Override
    public void close() {
        try {
            holder.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

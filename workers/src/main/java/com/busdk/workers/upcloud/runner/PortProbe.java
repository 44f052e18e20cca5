package com.busdk.workers.upcloud.runner;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;

/** Finds out whether a server listens at an address. Any thread. */
@FunctionalInterface
public interface PortProbe {
    /**
     * Tries once.
     *
     * @param host the address
     * @param port the port
     * @return whether somebody accepted the connection, which is closed again; never fails
     */
    Future<Boolean> open(String host, int port);

    /**
     * A probe over TCP.
     *
     * @param vertx runs it
     * @param connectTimeoutMillis longest wait for a connection: packets to a machine that is booting get lost in silence
     * @return the probe
     */
    static PortProbe tcp(Vertx vertx, int connectTimeoutMillis) {
        NetClient client = vertx.createNetClient(new NetClientOptions().setConnectTimeout(connectTimeoutMillis));
        return (host, port) ->
                client.connect(port, host).compose(NetSocket::close).map(true).otherwise(false);
    }
}

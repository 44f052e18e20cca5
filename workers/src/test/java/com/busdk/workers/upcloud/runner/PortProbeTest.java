package com.busdk.workers.upcloud.runner;

import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PortProbeTest {
    private final Vertx vertx = Vertx.vertx();
    private final PortProbe probe = PortProbe.tcp(vertx, 20_000);

    @AfterEach
    void stop() {
        await(vertx.close());
    }

    @Test
    void shouldFindAPortOpenOnWhichSomebodyListens() {
        var server = vertx.createNetServer().connectHandler(socket -> {});
        await(server.listen(0, "127.0.0.1"));

        assertTrue(await(probe.open("127.0.0.1", server.actualPort())));
    }

    @Test
    void shouldCloseTheConnectionAgain() {
        Promise<Void> closed = Promise.promise();
        var server =
                vertx.createNetServer().connectHandler(socket -> socket.closeHandler(ignored -> closed.tryComplete()));
        await(server.listen(0, "127.0.0.1"));

        await(probe.open("127.0.0.1", server.actualPort()));

        await(closed.future());
    }

    /** The port is held, so that nobody else can begin to listen on it meanwhile. */
    @Test
    void shouldFindAPortClosedOnWhichNobodyListens() throws IOException {
        try (Socket holder = new Socket()) {
            holder.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));

            assertFalse(await(probe.open("127.0.0.1", holder.getLocalPort())));
        }
    }
}

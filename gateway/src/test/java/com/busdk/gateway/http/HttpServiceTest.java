package com.busdk.gateway.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.client.http.server.Address;
import com.busdk.gateway.Certificates;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class HttpServiceTest {
    private final Vertx vertx = Vertx.vertx();
    private final Metrics metrics = new Metrics("bus.test");

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
        metrics.close();
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(50, TimeUnit.SECONDS);
    }

    /** Nobody asks it to: a program that renews certificates only writes files. */
    @Test
    void shouldTakeUpARenewedCertificateByItself(@TempDir Path folder) throws Exception {
        Path first = Files.createDirectory(folder.resolve("first"));
        Path second = Files.createDirectory(folder.resolve("second"));
        Certificates.write(first, "first");
        Certificates.write(second, "second");
        Path live = Files.createSymbolicLink(folder.resolve("live"), first);
        HttpSettings settings = HttpSettings.at(Address.parse("127.0.0.1:0"));
        HttpService service = await(HttpService.start(
                vertx,
                new HttpSettings(
                        settings.address(),
                        Optional.of(new TlsFiles(live.resolve("cert.pem"), live.resolve("key.pem"))),
                        settings.maxHeaderBytes(),
                        settings.maxConnections(),
                        settings.idleTimeout(),
                        1),
                metrics,
                (request, _) -> request.response().end(),
                Duration.ofMillis(20)));
        assertEquals("CN=first", served(service));

        // Both files at once, as programs that renew certificates do it.
        Path link = Files.createSymbolicLink(folder.resolve("renewed"), second);
        Files.move(link, live, StandardCopyOption.ATOMIC_MOVE);

        String name = served(service);
        while (!name.equals("CN=second")) {
            assertEquals("CN=first", name);
            name = served(service);
        }
        await(service.close(Duration.ofSeconds(1)));
    }

    /** Who it is who answers, on a connection of its own. */
    private String served(HttpService service) throws Exception {
        var client = vertx.createHttpClient(
                new HttpClientOptions().setSsl(true).setTrustAll(true).setVerifyHost(false));
        HttpClientResponse response = await(
                client.request(HttpMethod.GET, service.port(), "127.0.0.1", "/").compose(HttpClientRequest::send));
        var certificate = (X509Certificate)
                response.request().connection().peerCertificates().getFirst();
        await(client.close());
        return certificate.getSubjectX500Principal().getName();
    }
}

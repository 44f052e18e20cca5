package com.busdk.client.identity;

import static com.busdk.client.identity.Tokens.CLAIMS;
import static com.busdk.client.identity.Verdicts.accepted;
import static com.busdk.client.identity.Verdicts.await;
import static com.busdk.client.identity.Verdicts.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.config.ConfigException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.security.KeyPair;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A key set over HTTP, from a server that behaves or does not. */
class JwksUrlTest {
    private static final KeyPair KEY = Tokens.ec("secp256r1");
    private static final String SET = Tokens.jwks(Tokens.jwk("k", KEY.getPublic()));
    private static final String TOKEN = Tokens.es256("k", KEY.getPrivate(), CLAIMS);

    private final MovableClock clock = new MovableClock();
    private volatile Handler<HttpServerRequest> behaviour =
            request -> request.response().end(SET);
    private Vertx vertx;
    private HttpServer server;

    @BeforeEach
    void startServer() {
        vertx = Vertx.vertx();
        server = await(vertx.createHttpServer()
                .requestHandler(request -> behaviour.handle(request))
                .listen(0, "127.0.0.1"));
    }

    @AfterEach
    void stopServer() {
        await(vertx.close());
    }

    private String url() {
        return "http://127.0.0.1:" + server.actualPort() + "/.well-known/jwks.json";
    }

    private TokenVerifier verifier(String url) {
        return await(TokenVerifier.create(vertx, new TokenSettings(List.of(), url, Audiences.DEFAULT), clock));
    }

    @Test
    void shouldFetchTheKeys() {
        TokenVerifier verifier = verifier(url());

        assertEquals("u-1", accepted(verifier, TOKEN).subject());
        assertEquals(List.of(), verifier.warnings(), "plain HTTP on this machine is no danger");
        await(verifier.close());
    }

    @Test
    void shouldFetchTheKeysWhenTheServerComesLater() {
        behaviour = request -> request.response().setStatusCode(503).end();
        TokenVerifier verifier = verifier(url());
        assertTrue(
                verifier.warnings().getFirst().contains("status 503"),
                verifier.warnings().getFirst());
        assertEquals(
                Optional.of(ErrorType.UNAVAILABLE), failure(verifier, TOKEN).errorType());

        behaviour = request -> request.response().end(SET);
        clock.advance(KeyRing.MIN_INTERVAL);

        assertEquals("u-1", accepted(verifier, TOKEN).subject());
    }

    @Test
    void shouldSayThatNobodyAnswers() {
        int port = server.actualPort();
        await(server.close());

        TokenVerifier verifier = verifier("http://127.0.0.1:" + port + "/keys");

        assertEquals(1, verifier.warnings().size());
    }

    @Test
    void shouldNotFollowARedirect() {
        AtomicInteger followed = new AtomicInteger();
        behaviour = request -> {
            if (request.path().equals("/elsewhere")) {
                followed.incrementAndGet();
                request.response().end(SET);
            } else {
                request.response()
                        .setStatusCode(302)
                        .putHeader("Location", "/elsewhere")
                        .end();
            }
        };

        assertTrue(verifier(url()).warnings().getFirst().contains("status 302"));
        assertEquals(0, followed.get());
    }

    @Test
    void shouldGiveUpOnAnAnswerWithoutEnd() {
        behaviour = request -> {
            request.response().setChunked(true);
            request.connection().closeHandler(closed -> {});
            sendForEver(request);
        };

        assertTrue(verifier(url()).warnings().getFirst().contains("longer than"));
    }

    private static void sendForEver(HttpServerRequest request) {
        request.response().write(Buffer.buffer(new byte[64 * 1024])).onSuccess(sent -> sendForEver(request));
    }

    @Test
    void shouldGiveUpOnAnAnswerThatBreaksOff() {
        behaviour = request -> {
            request.response().putHeader("Content-Length", "5000").write("{\"keys\":[");
            request.connection().close();
        };

        TokenVerifier verifier = verifier(url());

        assertEquals(1, verifier.warnings().size());
        assertEquals(
                Optional.of(ErrorType.UNAVAILABLE), failure(verifier, TOKEN).errorType());
    }

    @ParameterizedTest
    @CsvSource({
        "http://example.org/keys, true",
        "HTTP://example.org/keys, true",
        "http://127.0.0.1.example.org/keys, true",
        "https://example.org/keys, false",
        "http://localhost:9/keys, false",
        "http://127.0.0.1/keys, false",
        "http://[::1]:9/keys, false",
    })
    void shouldTellWhereKeysMayBeTamperedWith(String url, boolean unprotected) {
        JwksSource source = JwksSource.of(vertx, url);

        assertInstanceOf(JwksSource.Url.class, source);
        assertEquals(unprotected, source.unprotected());
        await(source.close());
    }

    @Test
    void shouldShowNoQueryOfTheUrl() {
        JwksSource source = JwksSource.of(vertx, "https://example.org:8443/keys?secret=abc#d");

        assertEquals("https://example.org:8443/keys", source.place());
        await(source.close());
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://", "https://", "http://user:pass@127.0.0.1/keys", "http://a b/", "http:///keys"})
    void shouldRefuseAUrlThatIsNone(String url) {
        ConfigException e = assertThrows(ConfigException.class, () -> verifier(url));

        assertFalse(String.valueOf(e.getMessage()).contains("pass@"));
    }

    @Test
    void shouldRefuseAFileNameThatIsNone() {
        assertThrows(ConfigException.class, () -> JwksSource.of(vertx, "a\u0000b"));
    }
}

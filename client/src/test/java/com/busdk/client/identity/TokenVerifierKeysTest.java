package com.busdk.client.identity;

import static com.busdk.client.identity.Tokens.CLAIMS;
import static com.busdk.client.identity.Verdicts.accepted;
import static com.busdk.client.identity.Verdicts.await;
import static com.busdk.client.identity.Verdicts.failure;
import static com.busdk.client.identity.Verdicts.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.config.ConfigException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.VertxInternal;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys that come, change, go, and cannot be had. */
class TokenVerifierKeysTest {
    private static final KeyPair OLD = Tokens.ed25519();
    private static final KeyPair NEW = Tokens.ed25519();
    private static final String OLD_TOKEN = Tokens.edDsa("old", OLD.getPrivate(), CLAIMS);
    private static final String NEW_TOKEN = Tokens.edDsa("new", NEW.getPrivate(), CLAIMS);
    private static final String OLD_SET = Tokens.jwks(Tokens.jwk("old", OLD.getPublic()));
    private static final String NEW_SET = Tokens.jwks(Tokens.jwk("new", NEW.getPublic()));

    private static Vertx vertx;

    private final MovableClock clock = new MovableClock();
    private final ScriptedSource source = new ScriptedSource();

    @BeforeAll
    static void startVertx() {
        vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    }

    @AfterAll
    static void stopVertx() {
        await(vertx.close());
    }

    /** A key set that answers what a test tells it, and counts how often it is asked. */
    private static final class ScriptedSource implements JwksSource {
        private final AtomicInteger reads = new AtomicInteger();
        private volatile Future<byte[]> answer = Future.failedFuture(new IOException("it is away"));

        void has(String json) {
            answer = Future.succeededFuture(json.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public Future<byte[]> read() {
            reads.incrementAndGet();
            return answer;
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }

        @Override
        public String place() {
            return "the test";
        }

        @Override
        public boolean unprotected() {
            return false;
        }

        @Override
        public boolean mayComeLater() {
            return true;
        }
    }

    private TokenVerifier verifier() {
        return await(TokenVerifier.create(Verdicts.jwksOnly(), source, clock, new ArrayList<>()));
    }

    @Test
    void shouldReadTheKeysAgainForAnUnknownId() {
        source.has(OLD_SET);
        TokenVerifier verifier = verifier();
        accepted(verifier, OLD_TOKEN);

        source.has(Tokens.jwks(Tokens.jwk("old", OLD.getPublic()), Tokens.jwk("new", NEW.getPublic())));
        clock.advance(KeyRing.MIN_INTERVAL);

        assertEquals("u-1", accepted(verifier, NEW_TOKEN).subject());
        assertEquals("u-1", accepted(verifier, OLD_TOKEN).subject());
        assertEquals(2, source.reads.get());
    }

    @Test
    void shouldReadTheKeysOncePerIntervalHoweverManyUnknownIdsCome() {
        source.has(OLD_SET);
        TokenVerifier verifier = verifier();
        clock.advance(KeyRing.MIN_INTERVAL);

        for (int i = 0; i < 100; i++) {
            refused(verifier, Tokens.edDsa("unknown" + i, NEW.getPrivate(), CLAIMS));
        }
        assertEquals(2, source.reads.get());

        clock.advance(KeyRing.MIN_INTERVAL.minusMillis(1));
        refused(verifier, NEW_TOKEN);
        assertEquals(2, source.reads.get());
        clock.advance(Duration.ofMillis(1));
        refused(verifier, NEW_TOKEN);
        assertEquals(3, source.reads.get());
    }

    @Test
    void shouldReadTheKeysAgainForAnUnknownIdRightAfterTheStartAndThenWait() {
        source.has(OLD_SET);
        TokenVerifier verifier = verifier();
        accepted(verifier, OLD_TOKEN);
        assertEquals(1, source.reads.get());
        source.has(NEW_SET);

        assertEquals("u-1", accepted(verifier, NEW_TOKEN).subject());
        assertEquals(2, source.reads.get());

        refused(verifier, OLD_TOKEN);
        assertEquals(2, source.reads.get());
    }

    @Test
    void shouldReadAgainThoughTheClockWasSetBack() {
        source.has(OLD_SET);
        TokenVerifier verifier = verifier();
        source.has(NEW_SET);

        clock.advance(Duration.ofSeconds(-5));

        assertEquals("u-1", accepted(verifier, NEW_TOKEN).subject());
    }

    @Test
    void shouldForgetTokensOfAKeyThatWasTakenOut() {
        source.has(OLD_SET);
        TokenVerifier verifier = verifier();
        accepted(verifier, OLD_TOKEN);
        assertNotNull(verifier.cached("Bearer " + OLD_TOKEN));

        source.has(NEW_SET);
        clock.advance(KeyRing.MIN_INTERVAL);
        accepted(verifier, NEW_TOKEN);

        assertNull(verifier.cached("Bearer " + OLD_TOKEN));
        assertTrue(refused(verifier, OLD_TOKEN).contains("not known"));
    }

    @Test
    void shouldNoticeAKeyThatWasTakenOutThoughNobodyUsesANewOne() {
        source.has(OLD_SET);
        TokenVerifier verifier = verifier();
        accepted(verifier, OLD_TOKEN);
        source.has(NEW_SET);

        clock.advance(KeyRing.MAX_AGE.minusSeconds(1));
        assertNotNull(verifier.cached("Bearer " + OLD_TOKEN));
        clock.advance(Duration.ofSeconds(1));

        assertNull(verifier.cached("Bearer " + OLD_TOKEN));
        verifier.verify("Bearer " + OLD_TOKEN); // with the old keys still, while they are read
        refused(verifier, OLD_TOKEN);
    }

    @Test
    void shouldKeepRememberedTokensWhenTheSameKeysAreReadAgain() {
        source.has(OLD_SET);
        TokenVerifier verifier = verifier();
        Identity identity = accepted(verifier, OLD_TOKEN);

        clock.advance(KeyRing.MIN_INTERVAL);
        refused(verifier, NEW_TOKEN);

        assertEquals(2, source.reads.get());
        assertSame(identity, verifier.cached("Bearer " + OLD_TOKEN));
    }

    @Test
    void shouldKeepTheLastGoodKeysWhenTheSetCannotBeRead() {
        source.has(OLD_SET);
        TokenVerifier verifier = verifier();

        for (String broken : List.of("", "{}", "{\"keys\":[]}", "<html>")) {
            source.has(broken);
            clock.advance(KeyRing.MIN_INTERVAL);
            assertEquals(
                    Optional.of(ErrorType.UNAVAILABLE),
                    failure(verifier, NEW_TOKEN).errorType());
        }
        assertEquals(5, source.reads.get());
        assertEquals("u-1", accepted(verifier, OLD_TOKEN).subject());
    }

    @Test
    void shouldStartWithoutTheKeysOfAUrlAndAskAgainLater() {
        TokenVerifier verifier = verifier();

        assertEquals(1, verifier.warnings().size());
        assertTrue(verifier.warnings().getFirst().contains("it is away"));
        assertEquals(
                Optional.of(ErrorType.UNAVAILABLE), failure(verifier, OLD_TOKEN).errorType());
        assertEquals(OptionalInt.of(10), failure(verifier, OLD_TOKEN).retryAfter());
        source.has(OLD_SET);
        clock.advance(KeyRing.MIN_INTERVAL);
        assertEquals("u-1", accepted(verifier, OLD_TOKEN).subject());
    }

    @Test
    void shouldTakeASourceThatThrowsForOneThatFails() {
        JwksSource closed = (JwksSource) Proxy.newProxyInstance(
                JwksSource.class.getClassLoader(), new Class<?>[] {JwksSource.class}, (proxy, method, arguments) -> {
                    throw new IllegalStateException("closed");
                });
        KeyRing ring = new KeyRing(closed, clock);

        assertThrows(RuntimeException.class, () -> await(ring.refresh()));
    }

    @Test
    void shouldLetFewCallersWaitForTheKeys() {
        source.has(OLD_SET);
        TokenVerifier verifier = verifier();
        Promise<byte[]> slow = Promise.promise();
        source.answer = slow.future();
        clock.advance(KeyRing.MIN_INTERVAL);

        List<Future<Identity>> waiting = new ArrayList<>();
        for (int i = 0; i < TokenVerifier.MAX_WAITING; i++) {
            waiting.add(verifier.verify("Bearer " + NEW_TOKEN));
        }
        assertEquals(
                Optional.of(ErrorType.UNAVAILABLE), failure(verifier, NEW_TOKEN).errorType());
        assertEquals("u-1", accepted(verifier, OLD_TOKEN).subject(), "others do not wait");
        assertTrue(waiting.stream().noneMatch(Future::isComplete));

        slow.complete(NEW_SET.getBytes(StandardCharsets.UTF_8));
        for (Future<Identity> caller : waiting) {
            assertEquals("u-1", await(caller).subject());
        }
        assertEquals(2, source.reads.get());
        clock.advance(KeyRing.MIN_INTERVAL);
        source.answer = Promise.<byte[]>promise().future();
        assertFalse(verifier.verify("Bearer " + OLD_TOKEN).isComplete(), "there is room to wait again");
    }

    @Test
    void shouldAnswerEachCallerOnItsOwnContext() {
        source.has(OLD_SET);
        TokenVerifier verifier = verifier();
        Promise<byte[]> slow = Promise.promise();
        source.answer = slow.future();
        clock.advance(KeyRing.MIN_INTERVAL);
        AtomicInteger begun = new AtomicInteger();
        List<Future<Boolean>> callers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Context own = ((VertxInternal) vertx).createEventLoopContext();
            Promise<Boolean> answeredHere = Promise.promise();
            String token = i % 2 == 0 ? NEW_TOKEN : Tokens.edDsa("never", NEW.getPrivate(), CLAIMS);
            own.runOnContext(start -> {
                verifier.verify("Bearer " + token)
                        .onComplete(verdict -> answeredHere.complete(own.equals(Vertx.currentContext())));
                if (begun.incrementAndGet() == 8) {
                    slow.complete(NEW_SET.getBytes(StandardCharsets.UTF_8));
                }
            });
            callers.add(answeredHere.future());
        }

        for (Future<Boolean> caller : callers) {
            assertTrue(await(caller));
        }
    }

    @Test
    void shouldReadAFileAgainWhenItChanges(@TempDir Path dir) throws Exception {
        Path file = Files.writeString(dir.resolve("keys.json"), OLD_SET);
        TokenVerifier verifier = fromFile(file);
        accepted(verifier, OLD_TOKEN);
        assertEquals(List.of(), verifier.warnings());

        Files.writeString(file, NEW_SET);
        clock.advance(KeyRing.MIN_INTERVAL);

        assertEquals("u-1", accepted(verifier, NEW_TOKEN).subject());
        await(verifier.close());
    }

    @Test
    void shouldNotStartWithAFileThatHasNoKeys(@TempDir Path dir) throws Exception {
        Path file = dir.resolve("keys.json");

        assertTrue(startFailure(file).contains("no such file"));
        Files.writeString(file, "{\"keys\":[]}");
        assertTrue(startFailure(file).contains("none of its keys"));
        Files.write(file, new byte[JwkSet.MAX_BYTES + 1]);
        assertTrue(startFailure(file).contains("longer than"));
        Files.writeString(file, OLD_SET);
        assertEquals("u-1", accepted(fromFile(file), OLD_TOKEN).subject());
    }

    private String startFailure(Path file) {
        ConfigException e = assertThrows(ConfigException.class, () -> fromFile(file));
        String message = String.valueOf(e.getMessage());
        assertTrue(message.startsWith("--jwks: " + file), message);
        return message;
    }

    private TokenVerifier fromFile(Path file) {
        return await(
                TokenVerifier.create(vertx, new TokenSettings(List.of(), file.toString(), Audiences.DEFAULT), clock));
    }
}

package com.busdk.cli.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.EventsOptions;
import com.busdk.broker.EventsService;
import com.busdk.cli.CommandLineRun;
import com.busdk.cli.ExitCode;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventHandler;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.ListenOptions;
import com.busdk.client.events.Listening;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code bus events verify} where it is not alone on a service. */
@Timeout(120)
class VerifyCommandTest {
    private static final String SECRET = "a-secret-of-the-tests-that-is-long-enough-for-hs256";
    private static final String NAME = "example.verify";
    private static final String TOKEN = new TokenMinter(Hs256Secret.parse(SECRET), Clock.systemUTC())
            .mint(new TokenMinter.Grant(
                    "alice",
                    Scopes.AUDIENCE_API,
                    Scopes.parse("events:send events:listen"),
                    Duration.ofHours(1),
                    false));

    /** Longer than it takes on a machine that is busy, and shorter than the time of a test. */
    private static final int PATIENCE_SECONDS = 30;

    private static final int LOOK_MILLIS = 20;
    private static final int LOOKS = PATIENCE_SECONDS * 1_000 / LOOK_MILLIS;

    private final Vertx vertx = Vertx.vertx();
    private EventsService service;
    private EventsClient client;

    @TempDir
    Path folder;

    @BeforeEach
    void start() {
        service = await(EventsService.start(
                vertx,
                EventsOptions.read(
                        Map.of("addr", "127.0.0.1:0", "events-backend", "memory"),
                        Map.of("BUS_EVENTS_JWT_SECRET", SECRET))));
        client = EventsClient.create(vertx, URI.create(url()), TokenSource.fixed(TOKEN));
    }

    @AfterEach
    void stop() {
        await(client.close());
        await(service.stop());
        await(vertx.close());
    }

    private String url() {
        return "http://127.0.0.1:" + service.port();
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(50, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private CommandLineRun.Result verify(String... options) {
        return verify(new ByteArrayOutputStream(), options);
    }

    /** @param errors takes what is said on standard error, while it runs */
    private CommandLineRun.Result verify(ByteArrayOutputStream errors, String... options) {
        return verify(url(), errors, options);
    }

    private CommandLineRun.Result verify(String url, ByteArrayOutputStream errors, String... options) {
        var bus = CommandLineRun.in(folder)
                .with("BUS_EVENTS_API_URL", url)
                .with("BUS_API_TOKEN", TOKEN)
                .tellingErrors(errors);
        String[] line = new String[options.length + 2];
        line[0] = "events";
        line[1] = "verify";
        System.arraycopy(options, 0, line, 2, options.length);
        return bus.run(line);
    }

    /** Another run, as far as groups go. */
    private Listening consumer() {
        Listening other = joining("a", _ -> Future.succeededFuture());
        await(other.connected());
        return other;
    }

    private Listening joining(String consumer, EventHandler handler) {
        return client.listen(
                ListenOptions.of(NAME).unicast("bus-verify-auto", consumer).build(), handler);
    }

    private void publishAsAnotherRun() {
        await(client.publish(Envelope.builder(NAME)
                .correlationId("verify-0123456789abcdef")
                .payload("7")
                .build()));
    }

    private boolean areConsumersThere() {
        return !await(client.groups(NAME)).findPath("consumers").isEmpty();
    }

    @Test
    void shouldWaitForTheEndOfAnotherRun() {
        Listening other = consumer();
        var errors = new ByteArrayOutputStream();
        CompletableFuture<CommandLineRun.Result> run =
                CompletableFuture.supplyAsync(() -> verify(errors, "--count", "100", "--timeout", "50s"));
        while (!errors.toString(StandardCharsets.UTF_8).contains("waiting for it to end") && !run.isDone()) {
            Thread.onSpinWait();
        }

        await(other.close());

        assertEquals(0, run.join().code(), run.join().out() + errors);
    }

    @Test
    void shouldSayThatAnotherRunDoesNotEnd() {
        Listening other = consumer();

        CommandLineRun.Result refused = verify("-q", "--count", "100", "--timeout", "5s");

        assertEquals(ExitCode.FAILED, refused.code(), refused.out() + refused.err());
        assertEquals("", refused.out());
        assertEquals(1, refused.errLines().size(), refused.err());
        assertTrue(refused.err().contains("give --name NAME"), refused.err());
        CommandLineRun.Result elsewhere = verify("--count", "100", "--timeout", "20s", "--name", "example.elsewhere");
        assertEquals(0, elsewhere.code(), elsewhere.out() + elsewhere.err());
        await(other.close());
    }

    /** Where both have begun in the same moment, neither has seen the other. */
    @Test
    void shouldCallNothingLostWhereAnotherRunTakesPart() {
        CompletableFuture<CommandLineRun.Result> run = CompletableFuture.supplyAsync(() -> verify("--seconds", "3"));
        while (!areConsumersThere() && !run.isDone()) {
            Thread.onSpinWait();
        }
        Listening other = consumer();
        while (!run.isDone()) {
            publishAsAnotherRun();
        }

        assertEquals(ExitCode.FAILED, run.join().code(), run.join().out());
        assertEquals("", run.join().out(), "no table that calls something lost");
        assertTrue(run.join().err().contains("give --name NAME"), run.join().err());
        await(other.close());
    }

    /** It has seen nobody, as it asked a moment before the other one came. */
    @Test
    void shouldCallNothingLostWhereAnotherRunHasComeInTheSameMoment() {
        AtomicReference<Listening> other = new AtomicReference<>();
        int port = behind(Hold.firstOf("", () -> {
            other.set(joining("a", _ -> Future.succeededFuture()));
            return other.get().connected();
        }));

        CommandLineRun.Result shared =
                verify("http://127.0.0.1:" + port, new ByteArrayOutputStream(), "--count", "1000");

        assertEquals(ExitCode.FAILED, shared.code(), shared.out());
        assertEquals("", shared.out(), "no table that calls something lost");
        assertTrue(shared.err().contains("give --name NAME"), shared.err());
        await(other.get().close());
    }

    /** Seen as all listen; it takes the first event, and has gone when that is answered. */
    @Test
    void shouldCallNothingLostWhereAnotherRunHasEndedBeforeTheFirstEventIsAnswered() {
        AtomicReference<Throwable> late = new AtomicReference<>();
        Promise<Void> taken = Promise.promise();
        EventHandler taking = _ -> {
            taken.tryComplete();
            return Future.succeededFuture();
        };
        List<Listening> others = new CopyOnWriteArrayList<>();
        int port = behind(
                Hold.firstOf("GET ", () -> {
                    others.add(joining("a", taking));
                    return others.getFirst().connected().compose(_ -> {
                        others.add(joining("b", taking)); // the group's second one has the first turn
                        return others.getLast().connected();
                    });
                }),
                Hold.firstOf(
                        "POST /api/v1/events ",
                        () -> taken.future()
                                .timeout(PATIENCE_SECONDS, TimeUnit.SECONDS) // had this run's own one the first turn
                                .compose(_ -> Future.join(
                                        others.stream().map(Listening::close).toList()))
                                .compose(_ -> gone(LOOKS, "a", "b"))
                                .onFailure(late::set)));

        CommandLineRun.Result shared =
                verify("http://127.0.0.1:" + port, new ByteArrayOutputStream(), "--count", "1000");

        assertNull(late.get(), "the other one took the first event, and left");
        assertEquals(ExitCode.FAILED, shared.code(), shared.out());
        assertEquals("", shared.out(), "no table that calls something lost");
        assertTrue(shared.err().contains("give --name NAME"), shared.err());
    }

    /** Completes when the service has seen that these have left. */
    private Future<Void> gone(int looks, String... consumers) {
        return client.groups(NAME).compose(answer -> {
            boolean there = answer.findValues("consumer").stream()
                    .anyMatch(consumer -> List.of(consumers).contains(consumer.asText()));
            if (!there) {
                return Future.succeededFuture();
            }
            return looks == 0
                    ? Future.failedFuture("they do not leave")
                    : vertx.timer(LOOK_MILLIS).compose(_ -> gone(looks - 1, consumers));
        });
    }

    /** Seen as the first event is answered; it takes a later one, and has gone at the end. */
    @Test
    void shouldCallNothingLostWhereAnotherRunHasComeAsTheFirstEventWasPublished() {
        Promise<Listening> other = Promise.promise();
        Promise<Void> left = Promise.promise();
        int port = behind(Hold.firstOf("POST /api/v1/events ", () -> {
            other.complete(joining("a", _ -> {
                other.future().compose(Listening::close).onComplete(_ -> left.tryComplete());
                return Future.succeededFuture();
            }));
            return other.future().compose(Listening::connected);
        }));

        CommandLineRun.Result shared =
                verify("http://127.0.0.1:" + port, new ByteArrayOutputStream(), "--count", "1000");

        assertEquals(ExitCode.FAILED, shared.code(), shared.out());
        assertEquals("", shared.out(), "no table that calls something lost");
        assertTrue(shared.err().contains("give --name NAME"), shared.err());
        assertTrue(left.future().isComplete(), "the last look does not find it");
    }

    /**
     * What is done before an answer is passed on.
     *
     * @param request how the request begins whose answer that is; the first such one
     */
    private record Hold(String request, Supplier<Future<Void>> meanwhile, AtomicBoolean used) {
        static Hold firstOf(String request, Supplier<Future<Void>> meanwhile) {
            return new Hold(request, meanwhile, new AtomicBoolean());
        }

        boolean begins(Buffer sent) {
            return sent.toString(StandardCharsets.ISO_8859_1).startsWith(request) && used.compareAndSet(false, true);
        }
    }

    /** A port that leads to the service, and holds up some answers. */
    private int behind(Hold... holds) {
        NetClient connector = vertx.createNetClient();
        return await(vertx.createNetServer()
                        .connectHandler(near -> {
                            near.pause();
                            connector.connect(service.port(), "127.0.0.1").onSuccess(far -> {
                                Queue<Hold> held = new ConcurrentLinkedQueue<>();
                                far.handler(answer -> {
                                    far.pause();
                                    Hold hold = held.poll();
                                    (hold == null
                                                    ? Future.<Void>succeededFuture()
                                                    : hold.meanwhile().get())
                                            .compose(_ -> near.write(answer))
                                            .onComplete(_ -> far.resume());
                                });
                                far.closeHandler(_ -> near.close());
                                near.closeHandler(_ -> far.close());
                                near.handler(sent -> {
                                    Stream.of(holds)
                                            .filter(hold -> hold.begins(sent))
                                            .forEach(held::add);
                                    far.write(sent);
                                });
                                near.resume();
                            });
                        })
                        .listen(0, "127.0.0.1"))
                .actualPort();
    }

    /** As one of another identity, whose events a service hears as well. */
    @Test
    void shouldFindNothingLostWhereOthersOnlyPublish() {
        CompletableFuture<CommandLineRun.Result> run = CompletableFuture.supplyAsync(() -> verify("--seconds", "1"));
        for (int i = 0; i < 20_000 && !run.isDone(); i++) {
            publishAsAnotherRun();
        }

        assertEquals(0, run.join().code(), run.join().out() + run.join().err());
    }

    @Test
    void shouldPassOverWhatARunThatWasCutShortHasLeft() {
        await(consumer().close());
        while (areConsumersThere()) {
            Thread.onSpinWait();
        }
        publishAsAnotherRun();

        CommandLineRun.Result clean = verify("--count", "100");

        assertEquals(0, clean.code(), clean.out() + clean.err());
    }
}

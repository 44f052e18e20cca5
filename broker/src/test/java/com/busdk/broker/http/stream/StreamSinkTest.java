package com.busdk.broker.http.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.backend.Backend.EndReason;
import com.busdk.broker.backend.Backend.Listening;
import com.busdk.broker.backend.ListenRequest;
import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.broker.backend.ListenRequest.Start;
import com.busdk.client.identity.Identity;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A stream's response over time, which the tests move. */
class StreamSinkTest {
    private static final long EXPIRES = 10_000;
    private static final long STALL_MILLIS = 1_000;

    private final StringBuilder written = new StringBuilder();

    /** Writes of events whose bytes the peer has not taken. */
    private final List<Promise<Void>> waiting = new ArrayList<>();

    private final List<Boolean> taken = new ArrayList<>();
    private boolean ended;
    private boolean cutOff;
    private boolean queueFull;
    private @Nullable Runnable drained;
    private int toldGone;
    private int toldToEnd;
    private int closed;

    private StreamSink sink(Duration heartbeat) {
        ListenRequest listen =
                new ListenRequest(List.of("a.b"), false, null, null, new Start.Live(), true, 0, Framing.NDJSON, null);
        StreamSink sink = new StreamSink(
                (HttpServerResponse) Proxy.newProxyInstance(
                        HttpServerResponse.class.getClassLoader(),
                        new Class<?>[] {HttpServerResponse.class},
                        (_, method, arguments) -> answer(method.getName(), arguments)),
                new StreamRequest(listen, heartbeat, true),
                new Identity("alice", "any", false, Set.of(), EXPIRES),
                new StreamStats(),
                0,
                () -> toldGone++);
        sink.opened(new Listening() {
            @Override
            public boolean truncated() {
                return false;
            }

            @Override
            public void begin() {}

            @Override
            public void end() {
                toldToEnd++;
                sink.end(EndReason.COMPLETE);
            }

            @Override
            public void close() {
                closed++;
            }
        });
        return sink;
    }

    private @Nullable Object answer(String method, Object @Nullable [] arguments) {
        return switch (method) {
            case "writeQueueFull" -> queueFull;
            case "write" -> write(arguments == null ? "" : arguments[0]);
            case "drainHandler" -> {
                Handler<?> handler = arguments == null ? null : (Handler<?>) arguments[0];
                drained = handler == null ? null : () -> handler.handle(null);
                yield null;
            }
            case "end" -> {
                ended = true;
                yield Future.succeededFuture();
            }
            case "reset" -> {
                cutOff = true;
                yield Future.succeededFuture();
            }
            default -> null;
        };
    }

    private Future<Void> write(Object what) {
        written.append(what);
        if (!(what instanceof Buffer)) {
            return Future.succeededFuture();
        }
        Promise<Void> promise = Promise.promise();
        waiting.add(promise);
        return promise.future();
    }

    private void write(StreamSink sink, String text, boolean whole) {
        ByteBuf bytes = Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
        sink.write(bytes, whole ? 1 : 0, whole, taken::add);
    }

    /** The peer takes the oldest of what waits. */
    private void take() {
        waiting.removeFirst().complete();
    }

    private static void sweep(StreamSink sink, long upMillis) {
        sink.sweep(upMillis, 0, STALL_MILLIS);
    }

    @Test
    void shouldTellOfTheTokensEndAMinuteBefore() {
        StreamSink sink = sink(Duration.ZERO);
        sink.sweep(1, EXPIRES - 61, STALL_MILLIS);
        assertEquals("", written.toString());
        sink.sweep(2, EXPIRES - 60, STALL_MILLIS);
        assertEquals("{\"notice\":\"token_expiring\"}\n", written.toString());
        sink.sweep(3, EXPIRES - 1, STALL_MILLIS);
        assertEquals("{\"notice\":\"token_expiring\"}\n", written.toString(), "once");
        assertFalse(ended);
        sink.sweep(4, EXPIRES, STALL_MILLIS);
        assertEquals("{\"notice\":\"token_expiring\"}\n{\"notice\":\"token_expired\"}\n", written.toString());
        assertTrue(ended);
        assertEquals(1, toldGone);
    }

    @Test
    void shouldSayNothingInTheMiddleOfAnEvent() {
        StreamSink sink = sink(Duration.ofMillis(100));
        write(sink, "{\"a\":", false);
        take();
        sweep(sink, 1_000_000_000);
        sweep(sink, 2_000_000_000); // no heartbeat
        sink.notice("truncated");
        sink.notice("truncated");
        sink.sweep(2_000_000_001, EXPIRES, STALL_MILLIS);
        sink.sweep(2_000_000_002, EXPIRES + 1, STALL_MILLIS);
        assertEquals("{\"a\":", written.toString());
        assertFalse(ended);
        write(sink, "1}\n", true);
        assertEquals("""
            {"a":1}
            {"notice":"truncated"}
            {"notice":"token_expiring"}
            {"notice":"token_expired"}
            """, written.toString());
        assertTrue(ended);
        assertEquals(1, toldGone);
    }

    /** Its peer takes little and late: what it was written before is all that it gets. */
    @Test
    void shouldWriteNothingMoreWhenItsTokenHasExpired() {
        StreamSink sink = sink(Duration.ofMillis(10));
        write(sink, "1\n", true);
        write(sink, "2\n", true);
        queueFull = true;
        sink.onWritable(() -> write(sink, "3\n", true));
        sink.sweep(1_000_000_000, EXPIRES, Long.MAX_VALUE);
        assertEquals(1, toldToEnd);
        assertTrue(closed > 0, "the hub knows it");
        assertFalse(ended, "its end waits for the peer");
        assertFalse(sink.writable());
        take();
        sink.onWritable(() -> write(sink, "4\n", true));
        write(sink, "5\n", true);
        sink.sweep(1_000_001_000, EXPIRES + 1, Long.MAX_VALUE);
        sink.sweep(1_000_002_000, EXPIRES + 2, Long.MAX_VALUE);
        assertFalse(ended);
        queueFull = false;
        drained.run();
        assertTrue(ended);
        assertEquals(1, toldGone);
        assertEquals(1, toldToEnd);
        assertEquals(List.of(true, false), taken);
        assertEquals("""
            1
            2
            {"notice":"token_expiring"}
            {"notice":"token_expired"}
            """, written.toString());
    }

    @Test
    void shouldNotLookWholeWhereItEndsInTheMiddleOfAnEvent() {
        StreamSink sink = sink(Duration.ZERO);
        write(sink, "{\"a\":", false);
        sink.end(EndReason.FAILED);
        assertTrue(cutOff);
        assertFalse(ended);
        write(sink, "1}\n", true);
        assertEquals("{\"a\":", written.toString());
        assertEquals(List.of(false), taken);
    }

    @Test
    void shouldCloseAPeerThatTakesNothing() {
        StreamSink sink = sink(Duration.ZERO);
        write(sink, "1\n", true);
        sweep(sink, 100);
        sweep(sink, 100 + STALL_MILLIS - 1);
        assertFalse(cutOff);
        sweep(sink, 100 + STALL_MILLIS);
        assertTrue(cutOff, "though its queue is far from full");
        assertEquals(1, toldGone);
    }

    @Test
    void shouldKeepAPeerThatTakesSomethingNowAndThen() {
        StreamSink sink = sink(Duration.ZERO);
        queueFull = true;
        write(sink, "1\n", true);
        long now = 100;
        for (int i = 0; i < 10; i++) {
            write(sink, "2\n", true); // there is always more than it takes
            sweep(sink, now);
            now += STALL_MILLIS - 1;
            take();
            sweep(sink, now);
        }
        assertFalse(cutOff);
        sweep(sink, now + STALL_MILLIS);
        assertTrue(cutOff);
    }

    @Test
    void shouldTellWhoWaitsOfEachWriteThatIsThrough() {
        StreamSink sink = sink(Duration.ZERO);
        write(sink, "12\n", true);
        write(sink, "345\n", true);
        assertEquals(7, sink.waitingBytes());
        List<Long> told = new ArrayList<>();
        sink.onWritable(() -> told.add(sink.waitingBytes()));
        take();
        assertEquals(List.of(4L), told);
        take();
        assertEquals(List.of(4L), told, "once for each time that it is asked");
        assertEquals(0, sink.waitingBytes());
        assertEquals(List.of(true, true), taken);
    }
}

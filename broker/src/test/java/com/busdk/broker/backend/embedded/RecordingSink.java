package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.Backend.EndReason;
import com.busdk.broker.backend.EventSink;
import io.netty.buffer.ByteBuf;
import io.vertx.core.Context;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A connection that keeps what it is written; it can be full. Written on its loop, read by the test. */
final class RecordingSink implements EventSink {
    private static final Pattern PAYLOAD = Pattern.compile("\"payload\":(\\d+)");
    private static final Pattern TOKEN = Pattern.compile("\"token\":\"([0-9a-f]+)\"");
    private static final Pattern ATTEMPT = Pattern.compile("\"attempt\":(\\d+)");

    private final Context loop;
    private final List<String> lines = new ArrayList<>();
    private final List<String> notices = new ArrayList<>();
    private @Nullable EndReason ended;
    private @Nullable Runnable resume;
    private boolean full;
    private volatile boolean fillsUp;

    /** The parts of an event whose end has not come. */
    private volatile String begun = "";

    private volatile boolean deaf;
    private volatile boolean takesLater;
    private final List<Taken> untaken = new ArrayList<>();
    private volatile long writeNanos;

    RecordingSink(Context loop) {
        this.loop = loop;
    }

    /** Whether writes have to wait; on any thread. */
    void full(boolean yes) {
        loop.runOnContext(_ -> {
            full = yes;
            Runnable waiting = resume;
            if (!yes && waiting != null) {
                resume = null;
                waiting.run();
            }
        });
    }

    /** The next write makes it full. */
    void fillUpWithTheNext() {
        fillsUp = true;
    }

    /** How much it has of an event whose end has not come. */
    int begun() {
        return begun.length();
    }

    /** From now on the peer's machine takes nothing. */
    void deaf() {
        deaf = true;
    }

    /** From now on the peer's machine takes nothing until {@link #takeAll}. */
    void takesLater() {
        takesLater = true;
    }

    /** It takes what it was written meanwhile, and from now on everything at once. */
    void takeAll() {
        takesLater = false;
        takeSoFar();
    }

    /** It takes what it was written meanwhile, and goes on as before. */
    void takeSoFar() {
        loop.runOnContext(_ -> {
            List<Taken> all = List.copyOf(untaken);
            untaken.clear();
            all.forEach(taken -> taken.taken(true));
        });
    }

    /** From now on each write keeps the loop busy for so long. */
    void slowedBy(Duration each) {
        writeNanos = each.toNanos();
    }

    @Override
    public boolean writable() {
        return !full;
    }

    @Override
    public long waitingBytes() {
        return 0;
    }

    @Override
    public void onWritable(Runnable again) {
        resume = again;
    }

    private void write(ByteBuf framed, int events, boolean whole) {
        String text = begun + framed.toString(StandardCharsets.UTF_8);
        framed.release();
        int end = text.lastIndexOf('\n') + 1;
        begun = text.substring(end);
        List<String> some = text.substring(0, end).lines().toList();
        if (some.size() != events || begun.isEmpty() != whole) {
            throw new AssertionError(events + " events said, " + some.size() + " written, whole: " + whole);
        }
        synchronized (lines) {
            lines.addAll(some);
        }
        for (long until = System.nanoTime() + writeNanos; System.nanoTime() < until; ) {
            Thread.onSpinWait();
        }
    }

    @Override
    public void write(ByteBuf framed, int events, boolean whole, Taken taken) {
        write(framed, events, whole);
        if (fillsUp) {
            fillsUp = false;
            full = true;
        }
        if (takesLater) {
            untaken.add(taken);
        } else if (!deaf) {
            loop.runOnContext(_ -> taken.taken(true));
        }
    }

    @Override
    public void notice(String kind) {
        synchronized (lines) {
            notices.add(kind);
        }
    }

    @Override
    public void end(EndReason reason) {
        synchronized (lines) {
            ended = reason;
        }
    }

    List<String> lines() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    List<String> notices() {
        synchronized (lines) {
            return List.copyOf(notices);
        }
    }

    @Nullable
    EndReason ended() {
        synchronized (lines) {
            return ended;
        }
    }

    List<Integer> payloads() {
        return lines().stream().map(RecordingSink::payload).toList();
    }

    List<String> tokens() {
        return lines().stream().map(RecordingSink::token).toList();
    }

    static int payload(String line) {
        return Integer.parseInt(find(PAYLOAD, line));
    }

    static String token(String line) {
        return find(TOKEN, line);
    }

    static int attempt(String line) {
        return Integer.parseInt(find(ATTEMPT, line));
    }

    private static String find(Pattern pattern, String line) {
        Matcher matcher = pattern.matcher(line);
        if (!matcher.find()) {
            throw new AssertionError("no " + pattern + " in " + line);
        }
        return matcher.group(1);
    }
}

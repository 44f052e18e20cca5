package com.busdk.cli.attack;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * A client that behaves: it publishes numbers at a modest rate, one after the other, and listens to them. Every tenth goes
 * over a connection of its own, as that of somebody who comes anew. Each has to be accepted, and heard once, in order.
 *
 * <p>Latency counts from when an event was to be sent, so that those that had to wait behind a slow one show it.
 *
 * <p>Two threads of its own, which attackers keep no carrier from; {@link #begin}, {@link #end} and {@link #stop} from the test's.
 */
final class Neighbour implements AutoCloseable {
    /** A hundred events a second. */
    private static final long INTERVAL_NANOS = 10_000_000;

    private static final int FRESH_CONNECTION_EVERY = 10;

    /** A connection that was silent for so long is not used again: the service may close it at any moment. */
    private static final long MOST_SILENCE_NANOS = Target.IDLE.toNanos() / 2;

    private static final String NAME = "neighbour.says";

    /** As many are being looked at for an attack at least. */
    private static final int LEAST_MEASURED = 100;

    private static final int KEPT_TIMES = 1 << 16;

    private final Target target;
    private final String token = Target.user("neighbour");
    private final Wire stream;
    private final Thread publisher;
    private final Thread listener;

    /** When each of the last numbers was to be sent; by number. */
    private final long[] due = new long[KEPT_TIMES];

    private Histogram answered = new Histogram(3);
    private Histogram heard = new Histogram(3);
    private long sent;
    private long next;
    private String broken = "";
    private boolean over;

    Neighbour(Target target) throws IOException {
        this.target = target;
        this.stream = target.open();
        stream.send(Requests.get(Requests.EVENTS + "/stream?name=" + NAME, token));
        int status = stream.head().status();
        if (status != 200) {
            throw new AssertionError("the neighbour's stream is answered " + status);
        }
        publisher = Thread.ofPlatform().daemon().name("neighbour-publishes").start(this::publish);
        listener = Thread.ofPlatform().daemon().name("neighbour-listens").start(this::listen);
    }

    /** Nanoseconds. */
    record Latency(Histogram answered, Histogram heard) {
        /** Milliseconds within which that share of the events had been answered, and heard. */
        double millis(double percentile) {
            long nanos = Math.max(answered.getValueAtPercentile(percentile), heard.getValueAtPercentile(percentile));
            return nanos / 1e6;
        }

        double maxMillis() {
            return Math.max(answered.getMaxValue(), heard.getMaxValue()) / 1e6;
        }
    }

    /** What comes from now on belongs to another attack. */
    synchronized void begin() {
        answered = new Histogram(3);
        heard = new Histogram(3);
    }

    /** The figures since {@link #begin}; waits until there are some. */
    synchronized Latency end() throws InterruptedException {
        long patience = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Wire.PATIENCE_MILLIS);
        while (broken.isEmpty() && heard.getTotalCount() < LEAST_MEASURED) {
            if (System.nanoTime() > patience) {
                throw new AssertionError("the neighbour's events do not get through: of " + sent + " it heard " + next);
            }
            wait(100);
        }
        if (!broken.isEmpty()) {
            throw new AssertionError("the neighbour: " + broken);
        }
        return new Latency(answered.copy(), heard.copy());
    }

    /** Publishes nothing more, and waits until it has heard all. */
    void stop() throws InterruptedException {
        synchronized (this) {
            over = true;
        }
        publisher.join();
        synchronized (this) {
            long patience = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Wire.PATIENCE_MILLIS);
            while (broken.isEmpty() && next < sent) {
                if (System.nanoTime() > patience) {
                    throw new AssertionError("the neighbour sent " + sent + " and heard " + next);
                }
                wait(100);
            }
            if (!broken.isEmpty()) {
                throw new AssertionError("the neighbour: " + broken);
            }
        }
    }

    private void publish() {
        Wire kept = null;
        long last = 0;
        long when = System.nanoTime();
        try {
            for (long number = 0; isOn(); number++) {
                when += INTERVAL_NANOS;
                Pause.until(when);
                boolean fresh = number % FRESH_CONNECTION_EVERY == 0;
                if (kept == null || fresh || System.nanoTime() - last > MOST_SILENCE_NANOS) {
                    if (kept != null) {
                        kept.close();
                    }
                    kept = target.open();
                }
                begun(number, when);
                kept.send(Requests.publish(token, NAME, Long.toString(number)));
                Wire.Answer answer = kept.answer();
                last = System.nanoTime();
                if (answer.status() != 202) {
                    broke("event " + number + " was answered " + answer);
                    return;
                }
                answered(last - when);
            }
        } catch (IOException | RuntimeException | AssertionError e) {
            broke("publishing broke off: " + e);
        } finally {
            closeQuietly(kept);
        }
    }

    private void listen() {
        try {
            for (String line = stream.line(); line != null; line = stream.line()) {
                heard(Long.parseLong(line.replaceAll(".*\"payload\":([0-9]+).*", "$1")));
            }
            broke("its stream ended");
        } catch (IOException | RuntimeException e) {
            broke("its stream broke off: " + e);
        }
    }

    private synchronized boolean isOn() {
        return !over && broken.isEmpty();
    }

    private synchronized void begun(long number, long when) {
        due[(int) (number % KEPT_TIMES)] = when;
        sent = number + 1;
    }

    private synchronized void answered(long nanos) {
        answered.recordValue(nanos);
    }

    private synchronized void heard(long number) {
        if (number != next) {
            broke("it heard " + number + " instead of " + next);
            return;
        }
        next++;
        heard.recordValue(System.nanoTime() - due[(int) (number % KEPT_TIMES)]);
        notifyAll();
    }

    private synchronized void broke(String what) {
        if (broken.isEmpty() && !(over && next == sent)) {
            broken = what;
        }
        notifyAll();
    }

    private static void closeQuietly(Wire wire) {
        try {
            if (wire != null) {
                wire.close();
            }
        } catch (IOException e) {
            // nothing is left to be done with it
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (this) {
            over = true;
        }
        stream.close();
        Pause.untilOver(publisher);
        Pause.untilOver(listener);
    }
}

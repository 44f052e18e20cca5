package com.busdk.cli.faults;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The clients: publishers of single events and of bodies of lines, broadcast listeners, consumers of one group that
 * acknowledge, forget, hand back and come too late, and somebody who reads all that is stored. Each is a virtual thread
 * that tries again, whatever happens, until it is told to stop; what it does and sees is in the history.
 */
final class Workload {
    private static final int SINGLE_PUBLISHERS = 3;
    static final int LISTENERS = 2;
    private static final int CONSUMERS = 3;

    /** Lines of one body. */
    private static final int BATCH = 20;

    /** How far publishers run ahead of the group: a backlog would only make a run longer. */
    private static final int MOST_AHEAD = 500;

    /** How long who waits for the group does not look whether the run goes on. */
    private static final long LOOK_MILLIS = 200;

    /** Shorter than a pause of the service, so that leases run out in some. */
    private static final String MEMBER = "&replay=true&delivery=unicast&group=" + Hub.GROUP
            + "&ack=explicit&ack_wait=2s&max_deliveries=1000000&max_in_flight=16";

    private final Hub hub;
    private final History history;
    private final long seed;
    private final List<Thread> publishers = new ArrayList<>();
    private final List<Thread> others = new ArrayList<>();
    private final AtomicInteger readings = new AtomicInteger();
    private final List<Throwable> broken = new ArrayList<>();
    private volatile boolean publishing = true;
    private volatile boolean careless = true;
    private volatile boolean running = true;

    Workload(Hub hub, History history, long seed) {
        this.hub = hub;
        this.history = history;
        this.seed = seed;
    }

    /** What a client does until it is told to stop. */
    private interface Client {
        void run() throws IOException, InterruptedException;
    }

    void start() {
        for (int i = 0; i < SINGLE_PUBLISHERS; i++) {
            String name = "single-" + i;
            publishers.add(client(() -> publish(name, 1)));
        }
        publishers.add(client(() -> publish("lines", BATCH)));
        for (int i = 0; i < LISTENERS; i++) {
            String name = "listener-" + i;
            others.add(client(() -> listen(name)));
        }
        for (int i = 0; i < CONSUMERS; i++) {
            String name = "consumer-" + i;
            Random random = new Random(seed + i);
            others.add(client(() -> consume(name, random)));
        }
        others.add(client(this::read));
    }

    private Thread client(Client client) {
        return Thread.ofVirtual().start(() -> {
            try {
                client.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IOException | RuntimeException | AssertionError e) {
                if (!running) {
                    return; // what it was doing could not be done any more
                }
                synchronized (broken) {
                    broken.add(e);
                }
            }
        });
    }

    /** What no client should ever see, such as an answer that the contract does not have. */
    List<Throwable> broken() {
        synchronized (broken) {
            return List.copyOf(broken);
        }
    }

    /** Nothing more is published; returns when the last publish was answered. Consumers acknowledge all from now on. */
    void endPublishing() throws InterruptedException {
        publishing = false;
        careless = false;
        for (Thread publisher : publishers) {
            publisher.join();
        }
    }

    /** Tells all to stop; those that wait for events do so when their connections are cut. */
    void stop() {
        publishing = false;
        running = false;
        hub.close();
    }

    void join() throws InterruptedException {
        for (Thread publisher : publishers) {
            publisher.join();
        }
        for (Thread other : others) {
            other.join();
        }
    }

    /** One after the other, each until it is answered: the order of a publisher's values is that of its numbers. */
    private void publish(String name, int batch) throws IOException, InterruptedException {
        for (long first = 0; publishing; first += batch) {
            while (publishing && !history.await(Workload::isNear, LOOK_MILLIS)) {
                // The group has enough to do.
            }
            List<Value> values = new ArrayList<>();
            for (int i = 0; i < batch; i++) {
                values.add(new Value(name, first + i));
            }
            values.forEach(value -> history.add(new Operation.Sent(value)));
            List<String> ids = hub.publish(values);
            for (int i = 0; i < batch; i++) {
                history.add(new Operation.Accepted(values.get(i), ids.get(i)));
            }
        }
    }

    private static boolean isNear(History.Progress progress) {
        return progress.accepted() - progress.acked() < MOST_AHEAD;
    }

    private void listen(String name) throws IOException, InterruptedException {
        String position = "&replay=true";
        while (running) {
            try (Hub.Stream stream = hub.listen(position)) {
                for (JsonNode event = stream.next(); event != null; event = stream.next()) {
                    Line line = Hub.line(event);
                    history.add(new Operation.Heard(name, line));
                    position = "&after=" + line.id();
                }
            } catch (IOException cut) {
                hub.breathe();
            }
        }
    }

    private void read() throws InterruptedException, IOException {
        while (running) {
            int read = readings.getAndIncrement();
            history.add(new Operation.ReadBegun(read));
            try {
                history.add(new Operation.ReadEnded(read, hub.readAll()));
                // A reading is long, and gets longer: one for so much of what is new.
                int enough = history.progress().accepted() + 500;
                history.await(progress -> !running || progress.accepted() >= enough, 5_000);
            } catch (IOException cut) {
                hub.breathe();
            }
        }
    }

    private void consume(String name, Random random) throws IOException, InterruptedException {
        List<String> late = new ArrayList<>();
        while (running) {
            try (Hub.Stream stream = hub.listen(MEMBER + "&consumer=" + name)) {
                for (JsonNode event = stream.next(); event != null; event = stream.next()) {
                    String token = event.path("delivery").path("token").asText();
                    history.add(new Operation.Delivered(
                            stream.life(),
                            name,
                            Hub.line(event),
                            event.path("delivery").path("attempt").asInt(),
                            token));
                    if (!settle(token, careless ? random.nextInt(100) : 0, late)) {
                        break;
                    }
                }
            } catch (IOException cut) {
                hub.breathe();
            }
        }
    }

    /** What a consumer does with a lease; false if it goes away with all that it has. */
    private boolean settle(String token, int chance, List<String> late) throws IOException, InterruptedException {
        if (chance < 90) {
            acknowledge(token);
        } else if (chance < 94) {
            late.add(token);
            if (late.size() > 3) {
                acknowledge(late.removeFirst()); // mostly lost by now, or nearly
            }
        } else if (chance < 97) {
            hub.giveBack(token);
        }
        // else it forgets it, or goes
        return chance < 99;
    }

    private void acknowledge(String token) throws IOException, InterruptedException {
        history.add(new Operation.AckSent(token));
        if (hub.acknowledge(token)) {
            history.add(new Operation.AckTaken(token));
        }
    }
}

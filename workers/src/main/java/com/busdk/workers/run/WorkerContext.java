package com.busdk.workers.run;

import com.busdk.client.events.EventsClient;
import com.busdk.client.worker.RequestHandler;
import com.busdk.client.worker.Worker;
import com.busdk.client.worker.WorkerOptions;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a worker is made of. Immutable.
 *
 * @param name the worker's name, also in logs and metrics
 * @param vertx runs it; stays the caller's to close
 * @param client talks to the events service; stays the caller's to close
 * @param settings what every worker has
 * @param flags those of the worker itself, by name without dashes
 * @param environment {@code System.getenv()} outside of tests
 */
public record WorkerContext(
        String name,
        Vertx vertx,
        EventsClient client,
        WorkerSettings settings,
        Map<String, String> flags,
        Map<String, String> environment) {
    /** Keeps copies. */
    public WorkerContext {
        flags = Map.copyOf(flags);
        environment = Map.copyOf(environment);
    }

    /**
     * Requests that share a connection and its bound.
     *
     * @param requests names that end in {@code .request}
     * @param concurrency how many of them each instance works on at a time, at least 1
     * @param fromOldest whether what was published before anybody ever listened is to be done as well, see {@link
     *     WorkerOptions#fromOldest}
     * @param maxDeliveries deliveries of a request before it is a dead letter, 0 for the hub's default, see {@link
     *     WorkerOptions#maxDeliveries}
     */
    public record Part(List<String> requests, int concurrency, boolean fromOldest, int maxDeliveries) {
        /** Keeps a copy. */
        public Part {
            requests = List.copyOf(requests);
        }

        /** As many deliveries as the hub's default. */
        public Part(List<String> requests, int concurrency, boolean fromOldest) {
            this(requests, concurrency, fromOldest, 0);
        }

        /** Requests whose senders wait for an answer: those of a time without workers are of no use any more. */
        public Part(List<String> requests, int concurrency) {
            this(requests, concurrency, false);
        }

        /** As many at a time as the runtime takes by default. */
        public static Part of(String... requests) {
            return new Part(List.of(requests), WorkerOptions.DEFAULT_CONCURRENCY);
        }

        /**
         * The same with so many deliveries.
         *
         * @param deliveries of a request before it is a dead letter, at least 1
         * @return the part
         */
        public Part withMaxDeliveries(int deliveries) {
            return new Part(requests, concurrency, fromOldest, deliveries);
        }
    }

    /**
     * Workers that share a handler, one for each part, so that long work in one part never keeps another part's requests
     * waiting. With {@code --once} all parts are one worker, since it is to take one event altogether.
     *
     * @param handler does the work
     * @param parts what it answers, at least one
     * @return the workers, not started
     */
    public List<Worker> workers(RequestHandler handler, List<Part> parts) {
        List<Part> each = settings.once()
                ? List.of(new Part(
                        parts.stream().flatMap(part -> part.requests().stream()).toList(),
                        1,
                        false,
                        parts.stream().mapToInt(Part::maxDeliveries).max().orElse(0)))
                : parts;
        List<Worker> workers = new ArrayList<>();
        for (Part part : each) {
            WorkerOptions.Builder options =
                    options(part).answers(part.requests().toArray(String[]::new));
            workers.add(Worker.create(vertx, client, options.build(), handler));
        }
        return List.copyOf(workers);
    }

    /**
     * Options with all that the settings and a part say, but for its requests.
     *
     * @param part what shares a connection
     * @return a builder
     */
    public WorkerOptions.Builder options(Part part) {
        WorkerOptions.Builder options =
                options().concurrency(part.concurrency()).maxDeliveries(part.maxDeliveries());
        return part.fromOldest() ? options.fromOldest() : options;
    }

    /**
     * Options with all that the settings say, for a worker of its own kind.
     *
     * @return a builder
     */
    public WorkerOptions.Builder options() {
        WorkerOptions.Builder options = WorkerOptions.named(name)
                .group(settings.group())
                .instances(settings.instances())
                .drain(settings.drain())
                .retry(settings.retry());
        settings.consumer().ifPresent(options::consumer);
        return settings.once() ? options.once() : options;
    }
}

package com.busdk.workers.run;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A worker that can be run: its name, its options, and how it is made. This is all that a command line needs to offer it.
 * Stateless; any thread may call.
 *
 * <pre>{@code
 * WorkerKind vm = new VmWorkerKind();
 * WorkerSettings settings = WorkerSettings.read(vm.name(), flags, System.getenv(), log::warn);
 * WorkerRun run = WorkerRun.start(vm, new WorkerContext(vm.name(), vertx, client, settings, flags, System.getenv()));
 * }</pre>
 */
public interface WorkerKind {
    /**
     * Its name.
     *
     * @return such as {@code vm}; also the default of its group
     */
    String name();

    /**
     * What it does, for the help.
     *
     * @return a few sentences, with the scopes that its token needs
     */
    String description();

    /**
     * Its own options, without those of {@link WorkerSettings}.
     *
     * @return the flags, in the order of the help
     */
    List<WorkerFlag> flags();

    /**
     * Makes it.
     *
     * @param context what it is made of
     * @return the workers and what they need, not started
     * @throws com.busdk.client.config.ConfigException if a flag or variable is wrong; the message names it
     */
    WorkerSet create(WorkerContext context);

    /**
     * Tries it out in memory: no service, no network, nothing left behind.
     *
     * @param vertx runs it
     * @return a line that begins with {@code OK}; fails with what is wrong
     */
    Future<String> selfTest(Vertx vertx);

    /**
     * What to print instead of working, where a flag asks for that, such as {@code --check-vm-status}.
     *
     * @param vertx runs it
     * @param flags by name without dashes
     * @param environment the environment
     * @return the text, or empty to work as usual
     * @throws com.busdk.client.config.ConfigException if a flag or variable is wrong
     */
    default Optional<Future<String>> instead(Vertx vertx, Map<String, String> flags, Map<String, String> environment) {
        return Optional.empty();
    }
}

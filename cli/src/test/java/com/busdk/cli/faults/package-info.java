/**
 * The events service under faults: a workload of unique values, a nemesis that kills the service and spoils what is below
 * it and around it, and a checker that decides from the history of operations alone whether every promise was kept.
 *
 * <pre>
 * Workload ── HTTP ── FaultProxy ── FaultyService (a process: ServiceUnderFault on ControlledFiles)
 *    │                    └───────────────┴──── Nemesis
 * History ── Checker ── violations
 * </pre>
 */
package com.busdk.cli.faults;

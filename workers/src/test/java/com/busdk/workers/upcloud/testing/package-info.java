/**
 * The cloud as tests have it, and what they put around it.
 *
 * <p>What the real API is known to do that a worker may stumble over, and the test that holds each:
 *
 * <ol>
 *   <li>{@code maintenance} is every transition: {@code UpCloudVmTest.shouldSayInNeutralWordsWhatTheCloudMeans},
 *       {@code PowerControlTest.shouldWaitOutATransitionAndThenStart}, {@code shouldNotStartWhatIsBeingStarted}.
 *   <li>A stop answers {@code started}: {@code PowerControlTest.shouldNotTakeTheAnswerOfAStopForTheNewState},
 *       {@code UpCloudVmTest.shouldBeStoppingFromTheStopsAcceptanceOn}. Restarts are not used.
 *   <li>A start blocks, or answers at once: {@code UpCloudVmTest.shouldAnswerAStartThatBlocksBeforeTheCloudDoes},
 *       {@code PowerControlTest.shouldFindThatAStartWithoutAnAnswerHasWorked},
 *       {@code shouldWaitForAStartThatIsAnsweredBeforeTheServerRuns}.
 *   <li>A polite stop needs a time-out, as a string, in {@code stop_server}:
 *       {@code UpCloudClientTest.shouldStopPolitelyWithATimeoutThatIsAString},
 *       {@code PowerControlTest.shouldNotSendAStopAtEveryLookAndSendItAgainWhenItHasNoEffect}.
 *   <li>A delete needs {@code stopped} and says what becomes of disks and backups:
 *       {@code PowerControlTest.shouldStopAndDeleteWithDisks}, {@code shouldKeepDisksIfToldTo},
 *       {@code shouldWaitOutTransientStatesAndConflictsOfDisks}.
 *   <li>The private address and MAC stand with the NIC alone: {@code RunnerManagerTest.shouldCreateARunnerAsTheOptionsSay},
 *       {@code shouldSayThatARunnerIsOnAnotherNetwork},
 *       {@code RecordingsTest.shouldFindThePrivateAddressAndMacThatStandInNoOtherPlace}.
 *   <li>Utility networks are called private, and names repeat:
 *       {@code RunnerManagerTest.shouldNotTakeAUtilityNetworkForAPrivateOne},
 *       {@code shouldAskForTheUuidOfANetworkWhoseNameIsNotUnique}.
 *   <li>Numbers as strings, floats, beyond 32 bits:
 *       {@code UpCloudClientTest.shouldReadAServerWhoseNumbersAreStringsAndWhoseHostIsHuge}; the templates of
 *       {@link com.busdk.workers.upcloud.testing.StubCloud} have a licence that is a fraction.
 *   <li>Metadata for cloud-init, and no password: {@code RunnerManagerTest.shouldCreateARunnerAsTheOptionsSay}, and
 *       {@code StubCloud} refuses any other create.
 *   <li>Three shapes of errors, HTML, and 409 for different things: {@code CloudErrorsTest},
 *       {@code PowerControlTest.shouldLetTheNextLookExplainAConflict}, {@code shouldNotTryAgainWhereTheZoneIsFull}.
 *   <li>Secrets in plain answers: {@code UpCloudClientTest.shouldKeepSecretsOfAnswersOutOfWhatItGivesBack},
 *       {@code CloudErrorsTest.shouldNeverRepeatWhatTheCloudWrites},
 *       {@code UpCloudContainersTest.shouldAnswerWithTheCloudsErrorAndNoneOfItsSecrets}.
 *   <li>A create is not over when it is answered, takes any title, and must not be repeated:
 *       {@code UpCloudClientTest.shouldNeverRepeatACreateByItself},
 *       {@code RunnerManagerTest.shouldLookForACreateWhoseAnswerWasLostRatherThanRepeatIt},
 *       {@code shouldEndWithOneRunnerWhereTwoProcessesCreateAtOnce},
 *       {@code shouldTakeTheDoubleOfADeadWorkerAwayWhenNoRunCanBeThereAnyMore}.
 *   <li>{@code error} heals by itself: {@code PowerControlTest.shouldWaitForAFaultToHeal}.
 *   <li>An interface's index is no position: the private NIC of {@code StubCloud} is the third with index 4;
 *       {@code UpCloudContainersTest.shouldHaveTheRunnersNetplanWrittenByItsMac}.
 *   <li>404 is success for a delete and news otherwise: {@code PowerControlTest.shouldTakeAServerThatIsNotThereForDeleted},
 *       {@code shouldSayThatAServerIsGone}, {@code UpCloudVmTest.shouldReportAServerThatIsNotThereAsMissingAndNotStartIt}.
 *   <li>What is below a deleted server is 403, as if the token were wrong:
 *       {@code PowerControlTest.shouldTellAServerThatIsGoneFromATokenThatIsRefused},
 *       {@code shouldTakeAServerThatSomebodyElseDeletesMeanwhileForDeleted}.
 *   <li>429 with {@code Retry-After}: {@code UpCloudClientTest.shouldWaitAsLongAsTheCloudAsksForBeforeItReadsAgain},
 *       {@code RunnerManagerTest.shouldLookBeforeItCreatesAgainAfterTooManyCalls}.
 * </ol>
 */
package com.busdk.workers.upcloud.testing;

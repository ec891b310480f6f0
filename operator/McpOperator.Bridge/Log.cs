using Microsoft.Extensions.Logging;

namespace McpOperator.Bridge;

/// <summary>All that the bridge logs.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Serving {Command} on http://{Address}{Path}")]
    public static partial void Serving(ILogger logger, string command, string address, string path);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping: {Requests} requests are still under way")]
    public static partial void Stopping(ILogger logger, int requests);

    [LoggerMessage(Level = LogLevel.Information, Message = "Process {Process} started")]
    public static partial void ProcessStarted(ILogger logger, int process);

    [LoggerMessage(Level = LogLevel.Information, Message = "Process {Process} ended: {Exit}")]
    public static partial void ProcessEnded(ILogger logger, int process, string exit);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Process {Process} ended unasked: {Exit}")]
    public static partial void ProcessDied(ILogger logger, int process, string exit);

    [LoggerMessage(Level = LogLevel.Error, Message = "The server cannot be started ({Failures} times in a row): {Why} Next attempt in {Pause}")]
    public static partial void NotStarting(ILogger logger, int failures, string why, TimeSpan pause);

    [LoggerMessage(Level = LogLevel.Information, Message = "stderr of process {Process}: {Line}")]
    public static partial void StandardError(ILogger logger, int process, string line);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Process {Process} wrote to standard output what is no message: {Line}")]
    public static partial void NoMessage(ILogger logger, int process, string line);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Process {Process} wrote {Count} more lines to standard output that are no messages")]
    public static partial void MoreNoMessages(ILogger logger, int process, int count);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Process {Process} answered a request that nobody waits for")]
    public static partial void UnknownAnswer(ILogger logger, int process);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Process {Process} failed: {Why}")]
    public static partial void ServerFailed(ILogger logger, int process, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "Session {Session} opened with process {Process}")]
    public static partial void SessionOpened(ILogger logger, string session, int process);

    [LoggerMessage(Level = LogLevel.Information, Message = "Session {Session} ended: {Why}")]
    public static partial void SessionEnded(ILogger logger, string session, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A {Method} of the shared server belongs to no session that is known, and is told to nobody")]
    public static partial void NobodysMessage(ILogger logger, string method);

    [LoggerMessage(Level = LogLevel.Error, Message = "A request failed")]
    public static partial void RequestFailed(ILogger logger, Exception exception);
}

using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpOperator.Bridge;

/// <summary>
/// The log: one line an event on standard error. Whoever logs waits until it is taken, so that a server's flood of errors slows that
/// server rather than filling memory.
/// </summary>
internal sealed class LineLog : ILoggerFactory, ILogger
{
    /// <summary>The bridge's own events. The web server's speak of connections, and of failures that the bridge logs itself.</summary>
    public ILogger CreateLogger(string categoryName) => categoryName == BridgeServer.LogCategory ? this : NullLogger.Instance;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ss.fffZ} {Word(logLevel)} {formatter(state, exception)}{exception}"));
        }
    }

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("there is one log");

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "fail",
    };
}

using Serilog;
using Serilog.Events;
using Serilog.Formatting.Json;

namespace McpOperator.Host;

/// <summary>The log: one line an event on standard error, as text or as JSON.</summary>
internal static class Logs
{
    private const string Template = "{Timestamp:yyyy-MM-ddTHH:mm:ss.fffZ} {Level:u3} {Message:lj}{NewLine}{Exception}";

    public static ILoggerFactory Create(RunOptions options)
    {
        var logger = new LoggerConfiguration()
            .MinimumLevel.Is(options.LogLevel)
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning);
        // Everything to standard error: standard output belongs to commands that print objects.
        logger = options.LogJson
            ? logger.WriteTo.Console(new JsonFormatter(renderMessage: true), standardErrorFromLevel: LogEventLevel.Verbose)
            : logger.WriteTo.Console(outputTemplate: Template, standardErrorFromLevel: LogEventLevel.Verbose, formatProvider: System.Globalization.CultureInfo.InvariantCulture);
        return LoggerFactory.Create(builder => builder.AddSerilog(logger.CreateLogger(), dispose: true).SetMinimumLevel(LogLevel.Trace));
    }
}

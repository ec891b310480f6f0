using System.Diagnostics.Metrics;

namespace McpOperator.TestKit;

/// <summary>The instruments that this process has, as Prometheus would call them.</summary>
public static class Instruments
{
    /// <summary>Name (with points for underscores) and Prometheus' type of every instrument of a meter.</summary>
    public static IReadOnlyDictionary<string, string> Of(string meter)
    {
        var found = new Dictionary<string, string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == meter)
            {
                found[instrument.Name.Replace('.', '_')] = TypeOf(instrument.GetType().Name);
            }
        };
        listener.Start();
        return found;
    }

    private static string TypeOf(string kind) =>
        kind.Contains("Histogram", StringComparison.Ordinal) ? "histogram"
        : kind.StartsWith("Counter", StringComparison.Ordinal) || kind.StartsWith("ObservableCounter", StringComparison.Ordinal) ? "counter"
        : "gauge";
}

using System.Buffers;
using System.Globalization;
using System.Text;

namespace McpOperator.Metrics;

/// <summary>Writes the Prometheus text exposition format, version 0.0.4.</summary>
public static class PrometheusTextWriter
{
    /// <summary>What the answer to a scrape declares itself to be.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Writes all current values, families by name and series by labels. A <c>PipeWriter</c> will do.</summary>
    public static void Write(MetricsRegistry registry, IBufferWriter<byte> output) => registry.Collect((family, series) =>
    {
        if (family.Help.Length > 0)
        {
            Text(output, $"# HELP {family.Name} {family.Help}\n");
        }

        Text(output, $"# TYPE {family.Name} {family.Type}\n");
        if (family.IsHistogram)
        {
            Histograms(output, family, series);
            return;
        }

        var name = Encoding.UTF8.GetBytes(family.Name);
        foreach (var one in series)
        {
            Sample(output, name, one.Utf8Labels, default, one.Value);
        }
    });

    /// <summary>Writes all current values to a stream.</summary>
    public static async Task WriteAsync(MetricsRegistry registry, Stream output, CancellationToken cancellationToken = default)
    {
        // Through memory: a slow reader must not hold up the next scrape, which waits until this one has been collected.
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        Write(registry, buffer);
        await output.WriteAsync(buffer.WrittenMemory, cancellationToken);
    }

    private static void Histograms(IBufferWriter<byte> output, Family family, Series[] series)
    {
        var bucketName = Encoding.UTF8.GetBytes(family.Name + "_bucket");
        var sumName = Encoding.UTF8.GetBytes(family.Name + "_sum");
        var countName = Encoding.UTF8.GetBytes(family.Name + "_count");
        var bounds = Array.ConvertAll(family.Bounds, static bound => Encoding.UTF8.GetBytes($"le=\"{Number(bound)}\""));
        var buckets = new long[bounds.Length + 1];
        foreach (var one in series)
        {
            var sum = one.Snapshot(buckets);
            var count = 0L;
            for (var i = 0; i < buckets.Length; i++)
            {
                count += buckets[i];
                Sample(output, bucketName, one.Utf8Labels, i < bounds.Length ? bounds[i] : "le=\"+Inf\""u8, count);
            }

            Sample(output, sumName, one.Utf8Labels, default, sum);
            Sample(output, countName, one.Utf8Labels, default, count);
        }
    }

    private static void Sample(IBufferWriter<byte> output, ReadOnlySpan<byte> name, ReadOnlySpan<byte> labels, ReadOnlySpan<byte> bound, double value)
    {
        output.Write(name);
        if (labels.Length + bound.Length > 0)
        {
            output.Write("{"u8);
            output.Write(labels);
            output.Write(labels.Length > 0 && bound.Length > 0 ? ","u8 : default);
            output.Write(bound);
            output.Write("}"u8);
        }

        output.Write(" "u8);
        Number(output, value);
        output.Write("\n"u8);
    }

    private static void Number(IBufferWriter<byte> output, double value)
    {
        if (!double.IsFinite(value))
        {
            Text(output, Number(value));
            return;
        }

        value.TryFormat(output.GetSpan(32), out var written, "R", CultureInfo.InvariantCulture);
        output.Advance(written);
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static void Text(IBufferWriter<byte> output, string text) => Encoding.UTF8.GetBytes(text, output);
}

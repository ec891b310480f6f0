using System.Globalization;
using McpOperator.Objects;

namespace McpOperator.Kube;

/// <summary>Something that was said once.</summary>
internal sealed record Occurrence(V1ObjectReference About, string Type, string Reason, string Message, DateTime At);

/// <summary>An event of ours in the cluster, which may be said again.</summary>
internal sealed class EventRecord
{
    private static int _serial;

    public EventRecord(Occurrence first, TimeProvider time)
    {
        About = first.About;
        Type = first.Type;
        Reason = first.Reason;
        First = first.At;
        Message = first.Message;
        Rename(time);
    }

    public V1ObjectReference About { get; }

    public string Type { get; }

    public string Reason { get; }

    public DateTime First { get; }

    public DateTime Last { get; private set; }

    public string Message { get; private set; }

    public int Count { get; private set; }

    public bool IsSent { get; set; }

    public string Name { get; private set; } = "";

    /// <summary>Events about objects without a namespace live in <c>default</c>, as everywhere.</summary>
    public string Namespace => string.IsNullOrEmpty(About.NamespaceProperty) ? "default" : About.NamespaceProperty;

    public void Add(string message, DateTime at)
    {
        Count++;
        Message = message;
        Last = at;
    }

    /// <summary>Gives it a name that no event had.</summary>
    public void Rename(TimeProvider time)
    {
        var about = About.Name ?? "";
        var unique = time.GetUtcNow().UtcTicks.ToString("x", CultureInfo.InvariantCulture)
            + (Interlocked.Increment(ref _serial) & 0xffff).ToString("x4", CultureInfo.InvariantCulture);
        Name = $"{(about.Length > 200 ? about[..200].TrimEnd('.', '-') : about)}.{unique}";
        IsSent = false;
    }
}

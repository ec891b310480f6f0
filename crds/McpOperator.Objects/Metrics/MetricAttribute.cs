namespace McpOperator.Objects;

/// <summary>
/// Says of a constant that it is a metric's name, of which type the metric is and by what its series differ. The page of metrics is made
/// from these and from the constants' comments.
/// </summary>
/// <param name="type">The metric's type.</param>
/// <param name="labels">The labels of its series, as Prometheus shows them.</param>
[AttributeUsage(AttributeTargets.Field)]
public sealed class MetricAttribute(MetricType type, params string[] labels) : Attribute
{
    /// <summary>The metric's type.</summary>
    public MetricType Type { get; } = type;

    /// <summary>The labels of its series.</summary>
    public IReadOnlyList<string> Labels { get; } = labels;
}

/// <summary>Types of metrics, as Prometheus knows them.</summary>
public enum MetricType
{
    /// <summary>Only grows, and begins anew with the process.</summary>
    Counter,

    /// <summary>A value that goes up and down.</summary>
    Gauge,

    /// <summary>How often values fell into which range, their sum and their number.</summary>
    Histogram,
}

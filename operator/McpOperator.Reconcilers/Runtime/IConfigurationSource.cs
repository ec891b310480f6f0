using McpOperator.Api.Configuration;

namespace McpOperator.Reconcilers;

/// <summary>The operator's configuration, which can change while it runs.</summary>
public interface IConfigurationSource
{
    /// <summary>The configuration in force.</summary>
    OperatorConfiguration Current { get; }

    /// <summary>Raised after <see cref="Current"/> changed.</summary>
    event Action? Changed;
}

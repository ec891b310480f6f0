-- A grant is healthy when every proxy of its server has it. One that is disabled or has ended is as Git wants it, and gives nothing.
local function condition(kind)
  for _, c in ipairs(obj.status and obj.status.conditions or {}) do
    if c.type == kind then return c end
  end
end

local function is(status, message) return { status = status, message = message } end

local accepted, published = condition("Accepted"), condition("Published")
if not accepted or obj.status.observedGeneration ~= obj.metadata.generation then
  return is("Progressing", "The operator has not looked at this version yet.")
end
if accepted.status ~= "True" then return is("Degraded", accepted.reason .. ": " .. (accepted.message or "")) end
if not published then return is("Progressing", "It is not published yet.") end
if published.status == "True" then return is("Healthy", accepted.message or published.reason) end
if published.reason == "Disabled" or published.reason == "Expired" then return is("Suspended", published.message) end
if published.status == "False" and published.reason ~= "Progressing" then return is("Degraded", published.reason .. ": " .. (published.message or "")) end
return is("Progressing", published.message)

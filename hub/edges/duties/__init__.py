"""From a workbook with a city's duty list (职责清单) to rule files. It must never write what it did not show."""
